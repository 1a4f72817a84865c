from django.urls import path

from tests.bench.floor import views

urlpatterns = [path("<int:filler>", views.page)]
